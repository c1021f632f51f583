"""The web container's health check: ends with 0 when /health/ready answers 200 under the site's own host name."""

import os
import sys
import urllib.request
from urllib.parse import urlsplit

request = urllib.request.Request(
    os.environ.get("HEALTH_URL", "http://127.0.0.1:8000/health/ready"),
    headers={"Host": urlsplit(os.environ["BASE_URL"]).netloc, "X-Forwarded-Proto": "https"},
)
try:
    with urllib.request.urlopen(request, timeout=8) as answer:
        sys.exit(answer.status != 200)
except OSError:
    sys.exit(1)

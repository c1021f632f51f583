"""Python runs this first when the folder is on PYTHONPATH: only the chaos tests put it there.

Nothing in the product knows about kill points; with either variable missing this file does nothing.
"""

import importlib.util
import os
import sys
from pathlib import Path

if os.environ.get("OWN_WORDS_MODE") == "test" and os.environ.get("OWN_WORDS_KILL_JOURNAL"):
    for _name in ("killpoints", "mutants", "hurry"):
        _spec = importlib.util.spec_from_file_location(
            f"own_words_{_name}", Path(__file__).resolve().parents[1] / f"{_name}.py"
        )
        assert _spec is not None
        assert _spec.loader is not None
        _module = importlib.util.module_from_spec(_spec)
        sys.modules[_spec.name] = _module
        _spec.loader.exec_module(_module)
        _module.install()

# Included by the Makefile. Node is needed for this one recipe only; the compiled files are committed.
ASSETS := backend/web/assets

.PHONY: assets
assets: ## Compile styles and scripts into backend/web/static/own
	cd $(ASSETS) && npm install --no-package-lock --no-audit --no-fund && npm run build

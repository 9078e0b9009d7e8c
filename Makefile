# Every target is one step of bootstrap.py, which also runs where there is no make.
PYTHON ?= python3.11

.PHONY: run install check test speed

run install check test:
	@$(PYTHON) bootstrap.py $@

speed: install
	@.venv/bin/python -m eval.speed

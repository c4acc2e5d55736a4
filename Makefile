# make book   build the site            make test   run every check
# make read   build it and serve it     make run    run the chapters again (CHAPTER=name: one)
# make edit   open the chapters in JupyterLab, where the boxes show (CHAPTER=name: one)
# make pdf    print it, as one file: needs a Chromium
# make lock   choose the locked versions anew       make bench  measure speed and accuracy
# make mutants  see that the tests notice every change to nnlib (MODULE=name: to one)
# make weight  build the site, and weigh each page as a browser fetches it
# make clean  remove what was built

PYTHON ?= python3
PORT ?= 8000
VENV := .venv
BIN := $(VENV)/bin
SITE := _build/html
PDF := _build/pdf/unravelling-the-math-behind-neural-networks.pdf

# One thread: small matrices are faster so, and sums add up in the same order everywhere.
export OPENBLAS_NUM_THREADS := 1
export PYTHONHASHSEED := 0

.PHONY: book test read edit pdf run bench weight mutants lock clean

book: $(VENV)/checker
	$(BIN)/jupyter-book build . -W -n --keep-going
	@echo "The book: $(CURDIR)/$(SITE)/index.html"

test: $(VENV)/installed-for-tests $(VENV)/checker
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/pytest --nbval -n 2 --dist loadfile

read: book
	@echo "Reading at http://localhost:$(PORT), until Ctrl-C"
	$(BIN)/python -m http.server $(PORT) --bind localhost --directory $(SITE)

# Trusted, since JupyterLab strips the results' mathematics from a notebook that it does not know.
edit: $(VENV)/installed-for-editing
	$(BIN)/jupyter trust chapters/*.ipynb > /dev/null
	$(BIN)/jupyter lab chapters/$(addsuffix .ipynb,$(CHAPTER))

pdf: book
	$(BIN)/python assets/book_pdf.py $(SITE) $(PDF)
	@echo "The book on paper: $(CURDIR)/$(PDF)"

run: $(VENV)/installed
	$(BIN)/python assets/run_chapters.py $(CHAPTER)

bench: $(VENV)/installed-for-bench
	$(BIN)/python assets/bench.py
	$(BIN)/python assets/bench_training.py
	$(BIN)/python assets/bench_accuracy.py

weight: $(VENV)/installed-for-tests $(VENV)/checker
	$(BIN)/python assets/book_weight.py

mutants: $(VENV)/installed-for-tests
	$(BIN)/python assets/mutants.py $(MODULE)

lock: $(VENV)/installed-for-tests
	$(BIN)/uv pip compile $(LOCKING) pyproject.toml -o requirements.txt
	$(BIN)/uv pip compile $(LOCKING) --extra test -c requirements.txt pyproject.toml \
	    -o requirements-test.txt
	$(BIN)/uv pip compile $(LOCKING) --extra bench -c requirements-test.txt pyproject.toml \
	    -o requirements-bench.txt
	$(BIN)/uv pip compile $(LOCKING) --extra edit -c requirements-test.txt pyproject.toml \
	    -o requirements-edit.txt
	$(BIN)/python assets/packages.py lock

LOCKING := --quiet --upgrade --universal --python-version 3.11 --fork-strategy fewest \
    --no-annotate --custom-compile-command "make lock"

$(VENV)/installed: requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; v = sys.version.split()[0]; sys.version_info >= (3, 11) or sys.exit(f"The book needs Python 3.11 or later; $(PYTHON) is {v}. Try: make PYTHON=python3.12")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet -r requirements.txt
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	touch $@

# What the boxes of the exercises need in the reader's browser: Python, and SymPy compiled for it.
$(VENV)/checker: $(VENV)/installed assets/book_checker.py assets/package-lock.json assets/answers/compile.mjs
	$(BIN)/python assets/book_checker.py
	touch $@

$(VENV)/installed-for-tests: $(VENV)/installed requirements-test.txt
	$(BIN)/python -m pip install --quiet -r requirements-test.txt
	touch $@

$(VENV)/installed-for-editing: $(VENV)/installed requirements-edit.txt
	$(BIN)/python -m pip install --quiet -r requirements-edit.txt
	touch $@

$(VENV)/installed-for-bench: $(VENV)/installed requirements-bench.txt
	$(BIN)/python -m pip install --quiet -r requirements-bench.txt
	touch $@

clean:
	rm -rf _build assets/node_modules mutants .coverage $(VENV)

"""How long the fits of the chapter on training take, beside scikit-learn's: the chapter's own cells, timed."""

import os

os.environ.update(OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1")  # before NumPy reads it

import json
from pathlib import Path
from time import process_time

CHAPTER = Path(__file__).parents[1] / "chapters" / "training.ipynb"
WANTED = (
    "import ",
    "def learn_digits",
    "def learn_tumours",
    "def on_split",
    "def diagnoses",
    "def by_scikit",
)
ROUNDS, SPLITS = 3, 10


def chapter():
    """The names that the chapter defines for its fits."""
    names = {}
    for cell in json.loads(CHAPTER.read_text("utf-8"))["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "code" and source.startswith(WANTED):
            exec(source.partition("\n\n\n")[0], names)  # noqa: S102, the definition; what follows it runs it
    names["X"], names["labels"] = names["datasets"].digits()
    return names


def fastest(run):
    """Seconds of the processor for all splits, in the best of the rounds."""
    times = []
    for _ in range(ROUNDS):
        start = process_time()
        for seed in range(SPLITS):
            run(seed)
        times.append(process_time() - start)
    return min(times)


def main():
    names = chapter()
    on_split, diagnoses, by_scikit_learn = map(
        names.get, ("on_split", "diagnoses", "by_scikit_learn")
    )
    data, tumours = (names["X"], names["labels"]), names["datasets"].breast_cancer()
    rows = {
        "digits": (lambda k: on_split(k, 3e-4), lambda k: by_scikit_learn(data, 64, k, False)),
        "breast cancer": (diagnoses, lambda k: by_scikit_learn(tumours, 16, k, True)),
    }
    print(f"\n| {SPLITS} fits, s | nnlib | scikit-learn | ratio |\n|---|---:|---:|---:|")
    for task, runs in rows.items():
        ours, theirs = map(fastest, runs)
        print(f"| {task} | {ours:.2f} | {theirs:.2f} | {ours / theirs:.2f} |")


if __name__ == "__main__":
    main()

"""``lgescar train``: from labelled cohorts and a recipe to a trained run."""

HELP = "train the networks of a recipe on labelled cohorts (needs the train extra)"
EXAMPLE = "lgescar train run --recipe recipes/default/recipe.toml --data cohorts --out run"
SUBVERBS = {
    "run": "lgescar.cli.train.run",
    "split": "lgescar.cli.train.split",
    "crossval": "lgescar.cli.train.crossval",
    "augmentations": "lgescar.cli.train.augmentations",
    "predict": "lgescar.cli.train.predict",
}
RENAMED = {"segmenter": "run", "detector": "run", "views": "augmentations"}

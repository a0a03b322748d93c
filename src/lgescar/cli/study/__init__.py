"""``lgescar study``: the papers' experiments, on your cohorts or on simulated patients."""

HELP = "run an experiment of the papers: what the loss, boxes, noisy labels or a new cohort do"
EXAMPLE = "lgescar study ablation --recipe recipes/studies/ablation.toml --out ablation"
SUBVERBS = {
    name: f"lgescar.cli.study.{name}"
    for name in ("ablation", "noise", "boxes", "generalise", "repeatability", "phenotype")
}

"""A trial's verdict as one HTML page with its curves; it loads nothing from elsewhere."""

from collections.abc import Mapping, Sequence
from html import escape
from types import MappingProxyType

from trials.figures import Second, curve, figures
from trials.report import PLACES, cells, limits, summary
from trials.trial import Trial

WIDTH, HEIGHT, LEFT, BELOW = 860, 180, 46, 20
STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; color: #232f3e; max-width: 900px; margin: 2rem auto; padding: 0 1rem }
table { border-collapse: collapse; width: 100% } td, th { text-align: left; padding: .3rem .6rem; vertical-align: top }
tr + tr { border-top: 1px solid #dfe4ea } .pass { color: #1b7f3b } .fail { color: #b3261e } .not { color: #7a6200 }
svg text { font: 11px system-ui, sans-serif; fill: #5b6b7c } figcaption { font-weight: 600 } figure { margin: 1.5rem 0 }
"""
Curves = Mapping[str, Mapping[str, Sequence[float]]]
NOTHING: Curves = MappingProxyType({})
BLUE, RED, GREY, GREEN = "#2563b0", "#b3261e", "#9aa7b4", "#1b7f3b"


def html_page(trial: Trial, where: str, more: Curves = NOTHING) -> str:
    """A trial's verdict with its curves.

    Args:
        trial: What came of it.
        where: On what it ran.
        more: More curves, values by the second and name, by caption.
    """
    seconds, verdict = curve(trial.measurements), "PASS" if trial.report.passed else "FAIL"
    title = f"{verdict}: {trial.load.profile.name} on {where}, seed {trial.load.seed}"
    rows = "".join(
        f"<tr><td>{v.id}</td><td>{escape(v.title)}</td>"
        f"<td>{escape(summary(v))}{''.join(f'<br>{escape(o.subject)}: {escape(o.text)}' for o in v.first)}</td>"
        f"{''.join(f'<td class={cell.split()[0]}>{cell}</td>' for cell in cells(v, where).values())}</tr>"
        for v in trial.report.verdicts
    )
    places = "".join(f"<th>{place}</th>" for place in PLACES)
    numbers = figures(trial.measurements)
    shown = (
        f"{numbers.accepted} accepted of {numbers.attempts} attempts, {numbers.shed} shed; "
        f"p50 {numbers.p50_ms:.0f} ms, p99 {numbers.p99_ms:.0f} ms; "
        f"settled {trial.settle_seconds:.0f} s after the last answer"
    )
    further = "".join(
        _figure(caption, {(name, BLUE): list(values) for name, values in lines.items()})
        for caption, lines in more.items()
    )
    notes = "".join(f"<p>{escape(note)}</p>" for note in trial.report.notes)
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(title)}</title><style>{STYLE}</style>'
        f"<h1>{escape(title)}</h1><p>{escape(trial.load.profile.title.capitalize())}. {escape(shown)}.</p>{notes}"
        f"<table><tr><th></th><th>promise</th><th>seen</th>{places}</tr>{rows}</table><p>{escape(limits(where))}</p>"
        f"{_throughput(seconds)}{_latency(seconds)}{further}</html>\n"
    )


def _throughput(seconds: Sequence[Second]) -> str:
    lines = {
        ("attempts", GREY): [float(s.due) for s in seconds],
        ("accepted", GREEN): [float(s.accepted) for s in seconds],
        ("shed", RED): [float(s.shed) for s in seconds],
    }
    return _figure("Attempts a second", lines)


def _latency(seconds: Sequence[Second]) -> str:
    lines = {("p50 ms", BLUE): [s.p50_ms for s in seconds], ("p99 ms", RED): [s.p99_ms for s in seconds]}
    return _figure("Latency of accepted orders, from the moment that they were due", lines)


def _figure(caption: str, lines: dict[tuple[str, str], list[float]]) -> str:
    most = max((max(values, default=0.0) for values in lines.values()), default=0.0) or 1.0
    drawn = "".join(_line(values, most, colour) for (_, colour), values in lines.items())
    keys = "".join(
        f'<text x="{LEFT + 110 * place}" y="{HEIGHT - 4}" style="fill:{colour}">{escape(name)}</text>'
        for place, (name, colour) in enumerate(lines)
    )
    scale = f'<text x="2" y="14">{most:.3g}</text><text x="2" y="{HEIGHT - BELOW}">0</text>'
    seconds = max(map(len, lines.values()), default=0)
    scale += f'<text x="{WIDTH}" y="{HEIGHT - 4}" text-anchor="end">{seconds} s</text>'
    return (
        f'<figure><figcaption>{escape(caption)}</figcaption><svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'aria-label="{escape(caption)}"><line x1="{LEFT}" y1="{HEIGHT - BELOW}" x2="{WIDTH}" y2="{HEIGHT - BELOW}" '
        f'stroke="{GREY}"/>{scale}{drawn}{keys}</svg></figure>'
    )


def _line(values: Sequence[float], most: float, colour: str) -> str:
    step = (WIDTH - LEFT) / max(1, len(values) - 1)
    height = HEIGHT - BELOW - 8
    points = " ".join(f"{LEFT + i * step:.1f},{8 + height * (1 - value / most):.1f}" for i, value in enumerate(values))
    return f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="1.6"/>'

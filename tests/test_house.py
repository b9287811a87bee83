"""The four laws of the house, and the habits that keep it a house. Each guard here has been seen to bite."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.db import models
from django.db.models.signals import ModelSignal
from django.template.loader import get_template

ROOT = Path(__file__).resolve().parent.parent
FLOOR = {"iop_clinic": 1, "patients": 2, "scheduling": 3, "sessions": 4, "billing": 5}
LABEL_FLOOR = {
    "audit": 1,
    "accounts": 1,
    "iop_messages": 1,
    "patients": 2,
    "scheduling": 3,
    "iop_sessions": 4,
    "billing": 5,
}


def sources() -> Iterator[tuple[str, Path, ast.Module]]:
    for room in FLOOR:
        for path in sorted((ROOT / room).rglob("*.py")):
            yield room, path.relative_to(ROOT), ast.parse(path.read_text())


def imported_rooms(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """Every room named by an import statement, also inside functions."""
    for node in ast.walk(tree):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names = [node.module]
        for name in names:
            room = name.split(".")[0]
            if room in FLOOR:
                yield room, node.lineno


def climbs(room: str, tree: ast.Module) -> list[int]:
    return [line for other, line in imported_rooms(tree) if FLOOR[other] > FLOOR[room]]


def test_no_import_runs_up_the_stair() -> None:
    found = [f"{path}:{line}" for room, path, tree in sources() for line in climbs(room, tree)]
    assert not found, f"imports of a higher floor: {found}"


def test_the_stair_guard_bites() -> None:
    tree = ast.parse("def f():\n    from billing.models import ServiceDay\n")
    assert climbs("patients", tree) == [2]
    assert climbs("billing", tree) == []


# The planner asks no clock, no database and no dice without a seed; one file knows the solver.
PLANNER = ROOT / "scheduling" / "planner"
PURE = {"collections", "dataclasses", "enum", "functools", "heapq", "itertools", "math", "operator", "typing"}
MAY_ALSO = {
    "bound.py": {"importlib"},
    "learning.py": {"random"},
    "master.py": {"highspy", "numpy"},
    "propose.py": {"datetime", "patients", "scheduling"},
    "week.py": {"random"},
}


def beyond(name: str, tree: ast.Module) -> set[str]:
    """What a file of the planner imports besides itself and what is pure."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    own = {one for one in found if one.startswith("scheduling.planner")}
    return {one for one in found - own if one.split(".")[0] not in PURE | MAY_ALSO.get(name, set())}


def test_the_planner_stays_pure() -> None:
    found = {path.name: beyond(path.name, ast.parse(path.read_text())) for path in PLANNER.glob("*.py")}
    assert not {name: names for name, names in found.items() if names}


def test_the_purity_guard_bites() -> None:
    tree = ast.parse("from django.db import models\nimport highspy\nfrom scheduling.planner.left import Left")
    assert beyond("week.py", tree) == {"django.db", "highspy"}
    assert beyond("master.py", tree) == {"django.db"}


def foreign_keys() -> Iterator[tuple[type[models.Model], models.ForeignKey]]:
    for model in apps.get_models():
        if model._meta.app_label in LABEL_FLOOR and not model._meta.proxy:
            for field in model._meta.get_fields():
                if isinstance(field, models.ForeignKey):
                    yield model, field


def key_faults(owner: str, target: str, related_name: str | None, on_delete: object) -> list[str]:
    faults = []
    if target in LABEL_FLOOR and LABEL_FLOOR[target] > LABEL_FLOOR[owner]:
        faults.append("points up")
    if target != owner and related_name != "+":
        faults.append('leaves its room without related_name="+"')
    if target != owner and on_delete is not models.PROTECT:
        faults.append("leaves its room without PROTECT")
    return faults


def test_foreign_keys_point_down_and_protect() -> None:
    found = []
    for model, field in foreign_keys():
        target = field.related_model._meta.app_label
        for fault in key_faults(
            model._meta.app_label, target, field.remote_field.related_name, field.remote_field.on_delete
        ):
            found.append(f"{model._meta.label}.{field.name} {fault}")
    assert not found, found


def test_the_key_guard_bites() -> None:
    assert key_faults("patients", "billing", "+", models.PROTECT) == ["points up"]
    assert len(key_faults("billing", "patients", "days", models.CASCADE)) == 2
    assert key_faults("billing", "patients", "+", models.PROTECT) == []


def notices(tree: ast.Module) -> list[int]:
    """Lines with a signal receiver, a signal connection or a save() override."""
    lines = []
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            decorators = [ast.unparse(d) for d in node.decorator_list]
            if any(d.startswith("receiver") or ".receiver(" in d for d in decorators):
                lines.append(node.lineno)
        if isinstance(node, ast.ClassDef) and any(
            isinstance(part, ast.FunctionDef) and part.name == "save" for part in node.body
        ):
            bases = [ast.unparse(b) for b in node.bases]
            if any(base.endswith("Model") for base in bases):
                lines.append(node.lineno)
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(
            ("post_save.connect", "pre_save.connect")
        ):
            lines.append(node.lineno)
    return lines


def test_nobody_is_notified() -> None:
    found = [f"{path}:{line}" for _, path, tree in sources() for line in notices(tree)]
    assert not found, f"signal receivers or save() overrides: {found}"


def test_the_notice_guard_bites() -> None:
    assert notices(ast.parse("@receiver(post_save)\ndef f(sender, **kw): ...\n"))
    assert notices(ast.parse("class A(models.Model):\n    def save(self): ...\n"))


def test_no_room_listens_to_model_signals() -> None:
    import django.db.models.signals as signals

    ours = tuple(FLOOR)
    for name, signal in vars(signals).items():
        if isinstance(signal, ModelSignal):
            for entry in signal.receivers:
                receiver = entry[1]
                target = receiver() if callable(receiver) and "ref" in type(receiver).__name__ else receiver
                module = getattr(target, "__module__", "") or ""
                assert not module.startswith(ours), f"{module} listens to {name}"


TEMPLATE_IMPORT = re.compile(r"{%\s*(?:include|extends)\s+[\"']([a-z_]+)/")


def test_screens_meet_by_link() -> None:
    """A room's template includes its own pieces and those of lower floors, never an upper room's."""
    found = []
    for path in sorted((ROOT / "templates").rglob("*.html")):
        owner = path.relative_to(ROOT / "templates").parts[0]
        for other in TEMPLATE_IMPORT.findall(path.read_text()):
            if other in FLOOR and FLOOR[other] > FLOOR.get(owner, 1):
                found.append(f"{path.relative_to(ROOT)} includes {other}/")
    assert not found, found


def test_every_template_compiles() -> None:
    for path in sorted((ROOT / "templates").rglob("*.html")):
        get_template(str(path.relative_to(ROOT / "templates")))


INLINE = re.compile(
    r"<script(?![^>]*\bsrc=)(?![^>]*application/json)|<style|\sstyle=|\son[a-z]+=[\"']|hx-on|\|safe\b"
)


def test_templates_hold_no_inline_script_or_style() -> None:
    found = [
        f"{path.relative_to(ROOT)}: {match.group(0).strip()}"
        for path in sorted((ROOT / "templates").rglob("*.html"))
        for match in INLINE.finditer(path.read_text())
    ]
    assert not found, found


@pytest.mark.parametrize("line", ['<p style="x">', "<script>", '<a onclick="x">', "{{ x|safe }}"])
def test_the_inline_guard_bites(line: str) -> None:
    assert INLINE.search(line)


def test_a_request_dict_is_never_expanded_into_a_query() -> None:
    pattern = re.compile(r"\.(?:filter|exclude|get|annotate|update|create|order_by)\(\*\*?request\.")
    found = [str(path) for _, path, _ in sources() if pattern.search((ROOT / path).read_text())]
    assert not found, found


def test_files_stay_small() -> None:
    """Split by noun at 300 lines."""
    found = [
        f"{path}: {count}"
        for _, path, _ in sources()
        if "migrations" not in path.parts and (count := len((ROOT / path).read_text().splitlines())) > 300
    ]
    assert not found, found


NAMED = {
    "patient",
    "referral",
    "episode",
    "response",
    "followup",
    "goal",
    "attendance",
    "progressnote",
    "booking",
}


def test_a_clinical_row_calls_itself_by_number() -> None:
    """`str()` reaches the admin log and error pages: it must not be a name or a text."""
    for label in ("patients", "scheduling", "iop_sessions", "billing"):
        for model in apps.get_app_config(label).get_models():
            if model._meta.model_name in NAMED:
                tree = ast.parse((ROOT / Path(*model.__module__.split("."))).with_suffix(".py").read_text())
                cls = next(
                    n for n in ast.walk(tree) if isinstance(n, ast.ClassDef) and n.name == model.__name__
                )
                method = next(n for n in cls.body if isinstance(n, ast.FunctionDef) and n.name == "__str__")
                said = ast.unparse(method.body[-1])
                assert not re.search(
                    r"self\.(given|family|full|short|called|text|statement|summary)", said
                ), model


def test_beat_names_registered_tasks() -> None:
    from iop_clinic.celery import app

    app.loader.import_default_modules()
    wanted = {entry["task"] for entry in app.conf.beat_schedule.values()}
    assert wanted <= set(app.tasks), wanted - set(app.tasks)

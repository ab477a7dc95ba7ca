"""Templates of Datasette's and ours are compiled once for all Datasettes."""

from __future__ import annotations

from pathlib import Path

import pytest
from datasette.app import Datasette
from jinja2 import BaseLoader, Environment, TemplateNotFound

from datasette_lite.app import make_datasette
from datasette_lite.plugin.kept_templates import KeptTemplates, keep_templates
from tests.py.conftest import Run, launch, source, visit


def environment_of(run: Run, fixtures: Path) -> Environment:
    visitor = run(visit(launch(source(fixtures))))
    assert run(visitor.get("/fixtures")).status == 200
    datasette = run(make_datasette(launch(source(fixtures))))
    environment: Environment = datasette.get_jinja_environment()
    keep_templates(environment)
    return environment


def test_a_second_datasette_compiles_nothing(
    run: Run, fixtures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment_of(run, fixtures).get_template("table.html")
    second = environment_of(run, fixtures)
    monkeypatch.setattr(Environment, "compile", None)
    template = second.get_template("table.html")
    assert template.is_up_to_date
    assert str(template.filename).endswith("datasette/templates/table.html")


def test_unknown_and_prefixed_names_are_asked_of_jinja(run: Run, fixtures: Path) -> None:
    environment = environment_of(run, fixtures)
    with pytest.raises(TemplateNotFound):
        environment.get_template("table-fixtures-none.html")
    assert environment.get_template("default:table.html")
    loader = environment.loader
    assert isinstance(loader, KeptTemplates)
    assert {"table.html", "lite_notices.html"} <= set(loader.list_templates())


def test_folder_of_somebodys_own_is_left_alone(tmp_path: Path) -> None:
    datasette = Datasette(template_dir=str(tmp_path))
    environment: Environment = datasette.get_jinja_environment()
    before: BaseLoader | None = environment.loader
    keep_templates(environment)
    assert environment.loader is before

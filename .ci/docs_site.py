"""Hooks of MkDocs: files beside docs/ that pages link to, and references made from the code, join the site."""

import posixpath
import re
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

ROOT = Path(__file__).parent.parent
_LINK = re.compile(r"(\]\()((?!https?:|mailto:|#)[^)#\s]+)")
_REFERENCES = {
    "reference/commands.md": "# Commands\n\n::: mkdocs-click\n    :module: comity.server.cli.main\n"
    "    :command: main\n    :prog_name: comity\n    :depth: 1\n    :style: table\n",
    "reference/python.md": "# Python reference\n\nWhat `import comity` offers; [how it is used](../python.md).\n\n"
    "::: comity.api\n    options:\n      show_root_heading: false\n      heading_level: 2\n",
}


def _repository_path(page: str) -> str:
    """Return where a page of the site lies in the repository."""
    return f"docs/{page}" if (ROOT / "docs" / page).exists() else page


def _targets(page: str, text: str) -> list[str]:
    folder = posixpath.dirname(_repository_path(page))
    return [posixpath.normpath(posixpath.join(folder, found[2])) for found in _LINK.finditer(text)]


def on_files(files: Files, config: Any) -> Files:
    """Add the pages beside docs/, what they and others link to outside it, and the references."""
    for name, text in _REFERENCES.items():
        files.append(File.generated(config, name, content=text))
    for page in ("README.md", "CONTRIBUTING.md", "THREAT_MODEL.md", "CHANGELOG.md"):
        files.append(File.generated(config, page, abs_src_path=str(ROOT / page)))
    for page in list(files.documentation_pages()):
        for target in _targets(page.src_uri, page.content_string):
            inside = target.startswith("docs/")
            if not inside and (ROOT / target).is_file() and files.get_file_from_path(target) is None:
                files.append(File.generated(config, target, abs_src_path=str(ROOT / target)))
    return files


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Turn links between files of the repository into links between pages of the site."""
    here = page.file.src_uri
    if here in _REFERENCES:
        return markdown
    folder = posixpath.dirname(_repository_path(here))

    def turned(match: re.Match[str]) -> str:
        target = posixpath.normpath(posixpath.join(folder, match[2]))
        if (ROOT / target).is_dir():
            target += "/README.md"
        return match[1] + posixpath.relpath(target.removeprefix("docs/"), posixpath.dirname(here) or ".")

    return _LINK.sub(turned, markdown)

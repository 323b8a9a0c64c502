import re

import pytest

from email_templates import preview, texts
from email_templates.templates import WANTED, Template
from tests import mails


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    folder = tmp_path_factory.mktemp("preview")
    assert preview.write(folder, sorted(texts.languages())) == 3 * len(Template)
    return folder


def test_every_mail_is_written_in_every_form(written):
    found = {str(file.relative_to(written)) for file in written.rglob("*") if file.is_file()}

    assert found == {"index.html"} | {
        f"{language}/{template}.{kind}"
        for language in texts.languages()
        for template in Template
        for kind in ("html", "txt", "eml")
    }


def test_the_index_links_them_all(written):
    links = re.findall(r'href="([^"]*)"', (written / "index.html").read_text())

    assert len(links) == len(set(links)) == 9 * len(Template)
    assert all((written / link).is_file() for link in links)


def test_the_three_forms_are_of_one_mail(written):
    mail = mails.parsed((written / "ja" / "reset_password.eml").read_bytes())

    plain, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert plain is not None
    assert html is not None
    assert mail["From"] == "Gatehouse <noreply@example.org>"
    assert (written / "ja" / "reset_password.txt").read_text() == f"{mail['Subject']}\n\n{plain.get_content()}"
    assert (written / "ja" / "reset_password.html").read_text() == html.get_content()


def test_a_folder_that_is_there_is_written_again(tmp_path):
    preview.write(tmp_path, ["en"])
    (tmp_path / "en" / "new_sign_in.txt").write_text("old")

    preview.write(tmp_path, ["en"])

    assert (tmp_path / "en" / "new_sign_in.txt").read_text().startswith("New login to your account\n\n")


@pytest.mark.parametrize("template", Template)
def test_samples_are_what_the_templates_want(template):
    assert preview.sample(template).keys() == WANTED[template]

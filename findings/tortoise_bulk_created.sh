#!/bin/sh
# tortoise-orm 1.1.9: an object that bulk_create has written cannot be the value of a foreign key, although its row is in
# the table and its primary key was made in Python. The error says that it is not saved. The same object works after
# create(), and its id works as the value of the key's column.
#
# Seen with the packages below on Python 3.11:
#     rows: 1, the id in the table is the object's: True
#     as an object: OperationalError: You should first call .save() on <Author> before referring to it
#     by its id: 1 book
# Exits with 0 while this is so.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check tortoise-orm==1.1.9
cat >library.py <<'PYTHON'
from uuid import uuid4

from tortoise import fields
from tortoise.models import Model


class Author(Model):
    id = fields.UUIDField(primary_key=True, default=uuid4)


class Book(Model):
    id = fields.UUIDField(primary_key=True, default=uuid4)
    author = fields.ForeignKeyField("models.Author")
PYTHON
venv/bin/python - <<'PYTHON'
from library import Author, Book
from tortoise import Tortoise, run_async
from tortoise.exceptions import OperationalError


async def main():
    await Tortoise.init(db_url="sqlite://:memory:", modules={"models": ["library"]})
    await Tortoise.generate_schemas()
    author = Author()
    await Author.bulk_create([author])
    stored = await Author.all()
    print(f"rows: {len(stored)}, the id in the table is the object's: {stored[0].id == author.id}")
    assert [one.id for one in stored] == [author.id]

    try:
        await Book.create(author=author)
        refused = "no error"
    except OperationalError as error:
        refused = f"OperationalError: {error}"
    print(f"as an object: {refused}")
    assert refused == "OperationalError: You should first call .save() on <Author> before referring to it", refused

    await Book.create(author_id=author.id)
    print(f"by its id: {await Book.all().count()} book")
    assert await Book.all().count() == 1


run_async(main())
PYTHON

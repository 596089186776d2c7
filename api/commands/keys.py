"""`plumbline keys`: how the first key comes about, and any other when nobody can come in."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from api.store import Store

app = typer.Typer(help="Make, list and revoke API keys of the service.", no_args_is_help=True, rich_markup_mode=None)

Database = Annotated[
    str | None,
    typer.Option(metavar="URL", help="A SQLite file, or postgresql://...; else as PLUMBLINE_DATABASE says."),
]
Tenant = Annotated[str, typer.Option(metavar="T", help="Whose keys.")]
WHO = "command line"


@app.command()
def create(
    scope: Annotated[str, typer.Option(metavar="S", help="crm, planner or admin: what it opens.")],
    tenant: Tenant = "default",
    name: Annotated[str, typer.Option(metavar="NAME", help="What it is for.")] = WHO,
    expires: Annotated[
        int | None, typer.Option(metavar="DAYS", min=1, max=3650, help="Days after which it expires; else never.")
    ] = None,
    rate: Annotated[
        str | None, typer.Option(metavar="R", help="A limit of its own, such as 100/minute; else the service's.")
    ] = None,
    database: Database = None,
) -> None:
    """Make a key and print it, this once: nobody can read it again."""
    from api.commands.terminal import WRONG, Refusal
    from api.doors.caller import SCOPES
    from api.doors.keys import made
    from api.doors.rates import checked_limit
    from api.store.keys import Keys

    opened = next((each for each in SCOPES if each == scope), None)
    if opened is None:
        raise Refusal(f"there is no scope {scope}: crm, planner and admin are known", WRONG)
    _check(tenant)
    if not name.isprintable() or not 1 <= len(name) <= 200:
        raise Refusal("a name is a line of 1 to 200 characters", WRONG)
    try:
        own = None if rate is None else checked_limit(rate)
    except ValueError as fault:
        raise Refusal(f"{rate} is no limit: it is written like 100/minute ({fault})", WRONG) from fault
    record, key = made(tenant, name, opened, WHO, expires, own)
    with _opened(database) as store:
        Keys(store.database, tenant).add(record)
        _log(store, tenant, "plumbline keys create", record.id)
    until = f"until {record.expires}" if record.expires else "until it is revoked"
    typer.echo(f"Key {record.id} of the tenant {tenant} opens {scope} {until}. It is not shown again:", err=True)
    typer.echo(key)


@app.command("list")
def list_keys(tenant: Tenant = "default", database: Database = None) -> None:
    """List the keys, newest first, without their secrets."""
    from api.runs.clock import now
    from api.store.keys import Keys

    _check(tenant)
    with _opened(database) as store:
        found, before = [], None
        while page := Keys(store.database, tenant).keys(1000, before):
            found += [record for _, record in page]
            before = page[-1][0]
    if not found:
        typer.echo(f"The tenant {tenant} has no keys.", err=True)
    for key in found:
        gone = key.expires is not None and key.expires <= now()
        state = "revoked" if key.revoked else "expired" if gone else f"until {key.expires}" if key.expires else "valid"
        typer.echo("\t".join((key.id, key.scope, state, key.created, key.name)))


@app.command()
def revoke(
    key_id: Annotated[str, typer.Argument(metavar="ID", help="As `list` shows it.")],
    tenant: Tenant = "default",
    database: Database = None,
) -> None:
    """Revoke a key: within ten seconds it opens nothing any more, on every machine."""
    from api.commands.terminal import FAILED, Refusal
    from api.runs.clock import now
    from api.store.keys import Keys

    _check(tenant)
    with _opened(database) as store:
        record = Keys(store.database, tenant).revoke(key_id, now())
        if record is None:
            raise Refusal(f"the tenant {tenant} has no key {key_id}", FAILED)
        _log(store, tenant, "plumbline keys revoke", record.id)
    typer.echo(f"Key {record.id} was revoked at {record.revoked}.", err=True)


def _check(tenant: str) -> None:
    from api.commands.terminal import WRONG, Refusal
    from api.doors.caller import is_tenant

    if not is_tenant(tenant):
        raise Refusal("a tenant has 1 to 64 letters, figures, dots, dashes and underscores", WRONG)


@contextlib.contextmanager
def _opened(database: str | None) -> Iterator[Store]:
    """Yield the store that a command works with."""
    from api.commands.serving import settings_of
    from api.commands.terminal import FAILED, Refusal
    from api.store import StoreDownError, StoreError, open_store

    try:
        store = open_store(settings_of(database=database).database)
    except StoreError as fault:
        raise Refusal(str(fault), FAILED) from fault
    try:
        yield store
    except StoreDownError as fault:
        raise Refusal(f"the database does not answer: {fault}", FAILED) from fault
    finally:
        store.close()


def _log(store: Store, tenant: str, action: str, subject: str) -> None:
    from api.runs.clock import now
    from api.store.audit import AuditRecord, log_all

    log_all(store.database, [AuditRecord(tenant, now(), WHO, action, subject, 0, "-")])

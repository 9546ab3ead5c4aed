"""The closed list of flows in a database that is older than some of them."""

from collections.abc import Callable, Iterable


def lacking(flows: Iterable[tuple[str, str, str, str]]) -> Callable[..., None]:
    """What a migration runs to add those of these flows that are not there yet."""
    rows = list(flows)

    def fill(apps, schema_editor):
        flow = apps.get_model("billing", "Flow")
        flow.objects.using(schema_editor.connection.alias).bulk_create(
            [
                flow(kind=kind, event=event, debit=debit, credit=credit)
                for kind, event, debit, credit in rows
            ],
            ignore_conflicts=True,
        )

    return fill

"""Applications that incidents happen to, as they are on an ordinary day."""

from .components import dynamodb_table, lambda_function
from .incident import function, table

BANK = "api.bank.example"
# Calls a minute and milliseconds.
SHOP = {
    "checkout": (420, 240), "pricing": (430, 36), "stock": (400, 62), "payments": (190, 310), "ledger": (190, 48),
}
TABLES = ("prices", "stock-levels", "ledger-entries")


def shop(incident, **trouble):
    """checkout calls pricing, stock and payments; payments calls the bank and ledger; each has a table.
    `trouble`: what is wrong with a function, as `lambda_function` takes it."""
    for name, (per_minute, duration) in SHOP.items():
        lambda_function(incident, name, **{"per_minute": per_minute, "duration": duration, **trouble.get(name, {})})
        incident.tag(function(name))
        incident.alias(name, 12, 11)
    for name in TABLES:
        dynamodb_table(incident, name, **trouble.get(name.replace("-", "_"), {}))
        incident.tag(table(name))
    incident.calling(
        (function("checkout"), function("pricing")), (function("checkout"), function("stock")),
        (function("checkout"), function("payments")), (function("payments"), function("ledger")),
        (function("payments"), BANK), (function("pricing"), table("prices")),
        (function("stock"), table("stock-levels")), (function("ledger"), table("ledger-entries")),
    )
    return incident

"""petshop's catalogue, for more than one currency: the code is released, the data was not migrated."""

import tracing

PETS = [
    {"name": "cat", "price_cents": 12_000},
    {"name": "dog", "price_cents": 25_000},
    {"name": "goldfish", "price_cents": 400},
    {"name": "hamster", "price_cents": 1_500},
]


def handler(event, context):
    with tracing.Segment(event, context):
        pets = PETS[: event.get("first", len(PETS))]
        currency = event.get("currency", "EUR")
        print(f"listing {len(pets)} pets in {currency}")
        return [{"name": pet["name"], "price": f"{pet['prices'][currency] / 100:.2f} {currency}"} for pet in pets]

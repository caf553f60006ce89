"""petshop's catalogue."""

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
        print(f"listing {len(pets)} pets")
        return [{"name": pet["name"], "price": f"{pet['price_cents'] / 100:.2f} EUR"} for pet in pets]

"""The scenarios by name: a function each, its name the folder's, its docstring what it is about."""

from .incident import Incident

ALL = {}


def recorded(at, **more):
    def register(build):
        name = build.__name__.replace("_", "-")
        about = " ".join(build.__doc__.split())

        def built():
            incident = Incident(name, about, at, **more)
            build(incident)
            return incident

        ALL[name] = built
        return build

    return register

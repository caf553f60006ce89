"""AWS credentials as one value that clients and child processes can both take."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Credentials:
    access_key_id: str
    secret_access_key: str
    session_token: str | None = None

    def client_arguments(self) -> dict[str, str]:
        """Keyword arguments of `boto3.client`."""
        arguments = {
            "aws_access_key_id": self.access_key_id,
            "aws_secret_access_key": self.secret_access_key,
        }
        if self.session_token:
            arguments["aws_session_token"] = self.session_token
        return arguments

    def environment(self) -> dict[str, str]:
        """Environment variables that every AWS SDK and CLI reads."""
        return {name.upper(): value for name, value in self.client_arguments().items()}

"""Tags that make petshop one application, in each spelling that AWS has for them."""

APPLICATION = "petshop"
TAGS = {"application": APPLICATION}
UPPERCASE_TAGS = [{"Key": key, "Value": value} for key, value in TAGS.items()]
LOWERCASE_TAGS = [{"key": key, "value": value} for key, value in TAGS.items()]

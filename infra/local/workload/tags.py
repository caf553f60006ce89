"""Tags that make petshop one application, in each spelling that AWS has for them."""

APPLICATION = "petshop"
TAGS = {"application": APPLICATION}
# It has no mode of its own, so that every action on it waits for somebody's approval.
REPORTS_TAGS = [{"Key": "application", "Value": "petshop-reports"}]
UPPERCASE_TAGS = [{"Key": key, "Value": value} for key, value in TAGS.items()]
LOWERCASE_TAGS = [{"key": key, "value": value} for key, value in TAGS.items()]

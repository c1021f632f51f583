from enum import StrEnum


class CodePurpose(StrEnum):
    SIGN_IN = "sign_in"
    CONFIRM = "confirm"  # step-up: the person proves again that it is them

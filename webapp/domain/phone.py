"""Phone numbers in E.164 (+4930901820), the form in which they are stored and handed over."""


def international(text: str) -> str:
    """``text`` as +4930901820. Raises ValueError with a sentence for whoever typed it.

    Only the length is checked: which ranges are in use changes faster than any list of them.
    """
    # Not at the top: it is slow to load, and many processes never see a number.
    import phonenumbers
    from phonenumbers import NumberParseException, PhoneNumberFormat, ValidationResult

    try:
        number = phonenumbers.parse(text)
    except NumberParseException:
        number = None
    if number is None or phonenumbers.is_possible_number_with_reason(number) != ValidationResult.IS_POSSIBLE:
        raise ValueError("A phone number with its country's code, please, such as +49 30 901820.")
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)

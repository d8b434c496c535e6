"""The rules that keep calls below Zoho's limits; the state is stored elsewhere.

options         the key `LIMITS` of the settings
costs           the cost of a request
limiter         the protocol between sessions and a limiter
adaptive_limit  the number of concurrent calls, adapted to Zoho's responses
budget          priority and credit budget of a block of code
"""

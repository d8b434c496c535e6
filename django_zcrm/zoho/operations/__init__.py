"""Operations: their declaration, their requests and the results read from responses.

operation    the decorator that turns a signature into a call
versions     requests that differ between versions of the API
raw_request  requests of no declared operation
readers      functions that turn a response into a result
results      pages, batches and outcomes
responses    raw responses for callers
composite    the outcomes of a composite request
coql         pages of hand-written COQL
"""

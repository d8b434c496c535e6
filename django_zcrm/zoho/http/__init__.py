"""HTTP messages to and from Zoho.

messages        requests and responses as values
encoding        paths, queries, JSON bodies and values in Zoho's formats
downloads       files that a response streams
filenames       file names from response headers
response_sizes  the maximum size of a response
deadline        the time limit of a request with its retries
pauses          waits between retries, which tests can replace
datacenters     Zoho's data centres, and the hosts that may receive a token
transports      the packages that send messages: blocking and asynchronous
"""

"""Everything about Zoho CRM, and nothing about Django: usable from a plain script.

client        the client: every resource as an attribute
aio           the asynchronous client and its types
resources     the operations, one file for each resource
query         record sets: queries, streams and writes of records
types         the keys of bodies and responses
catalogue     lists of resources, operations and scopes
operations    how an operation is declared, and its response read
calls         how a call is carried out: plans and sessions
limits        what keeps calls below Zoho's limits
auth          access tokens and Zoho's OAuth endpoints
http          messages, transports and Zoho's hosts
criteria      search criteria
lazy_records  record sets of the default client
sdk_tree      calls with the names of the Node SDK
errors        the exceptions
secret        values that no repr or log shows
text          texts made safe for logs
"""

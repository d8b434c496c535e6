"""The resources and operations of the API, and the scopes they need.

operations      all operations, to list and search
resource_table  all resources (generated)
loading         imports a resource when it is first used
scopes          scopes of operations
code_scopes     scopes that a piece of code needs
"""

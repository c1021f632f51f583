"""A status that travels: W3C Bitstring Status Lists (v1.0) of the consents that an organisation was given references to.

`bitstring` is the standard's own arithmetic; `decoys` fills the places that belong to nobody; `lists` gives each
reference its place and makes the signed documents, anew for every fetch.
"""

"""A verifier of OC1 codes, written from src/OneCode/SPEC.md and nothing else.

It shares no code, no library and no author's habit with the C# and the JavaScript, so that a mistake of theirs is not ours too.
Comments give the section of SPEC.md that a function obeys.
"""

"""The national register: reads the public extraction, loads it whole, makes synthetic ones.

`layout` says what a file and a line must be, `reading` brings lines in constant memory, `loading`
copies them into the database, `synthetic` writes files of any size with nobody real in them.
"""

"""Programs that people already use, tried on a real server: ``make test-clients`` installs them and runs this.

``in_python.py``, ``in_node.mjs`` and ``in_debian.py`` hold what each is tried with, a function for each program; they
run in the environments of ``build/clients``. ``__main__`` starts the server, calls them and writes the table.
"""

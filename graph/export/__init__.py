"""The graph in the forms of scholars' tools: panels, networks, places, notebooks."""

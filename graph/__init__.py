"""The graph: tables of facts, the gate, periods, closure, snapshots and answers."""

"""OpenSim's equations, compiled for many worlds at once.

The stages of the equations: kinematics, path, muscle, contact, limit, dynamics; `equations` calls them. `graph` traces
them, `emit` writes LLVM IR, `merson` and `chebyshev` integrate by `stepper`, `engine` is the Engine.
"""

"""One run as a job: started or gone on with (`start`, `drift`), made from saved answers (`regate`), followed and told what to do from
outside (`heartbeat`, `snapshot`, `orders`, `log`), or launched in a process of its own (`spawn`).
"""

"""A throw-away, firewalled Slurm cluster of several nodes on one machine.

::

    login = the machine as it is                ctl = slurmctld, munged          node1 .. nodeN = slurmd
    198.18.N.1 ------------ veth ------------ .2 [own network] .129 --- bridge --- .130 .131 ...

* Every box is a network namespace. ctl does not forward and the nodes have no route to anything but the bridge: from a
  job there is slurmctld, there are the other nodes, and nothing else. No packet filter is involved, and the machine's
  own network gets one veth interface, which disappears with the cluster.
* Every box is also a PID, mount, UTS and IPC namespace. A node has its own host name, its own process numbers, its own
  ``/tmp``, ``/var/tmp``, ``/run`` and ``/dev/shm``. Shared folders are the common file system; hidden ones, where a
  database lives, are empty and read-only there.
* All of it hangs below one process, PID 1 of the ctl box. Ending that one ends every daemon, job, interface and mount.

As root the boxes are made directly (isolation ``netns``); an ordinary user gets them inside a user namespace
(``userns``), where the login side is a box of its own, entered with ``exec login``.

Modules, lowest first: ``kernel`` (system calls), ``processes``, ``network``, ``plan`` (what is decided before anything
starts), ``conf`` (Slurm's files, as text), ``control`` (orders over a socket), ``namespaces`` (boxes), ``box`` (PID 1
of one), ``node``, ``supervisor``, ``commands`` (what ``__main__`` offers).
"""

"""A throw-away Grid Engine: qmaster and one execd in one firewalled box.

The box is made as a node of the throw-away Slurm is (``tests.cluster.throwaway``): a network, process, mount and UTS
namespace of its own, from which there is no way to anywhere; jobs see the shared folders, and hidden ones empty. Grid
Engine insists on host names that resolve, which is why its commands are run in the box, too: ``wrappers`` are scripts
named ``qsub``, ``qstat``, ... that go in there.

``python -m tests.cluster.gridengine`` stays in the foreground and ends, with all that it started, when its standard
input does: so a test run that is killed leaves nothing.
"""

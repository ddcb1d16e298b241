"""How the command ends. Scripts may rely on these numbers."""

CLEAN = 0  # everything was answered, and nothing was found that --fail-on names
FOUND = 1  # something was
USAGE = 2  # the command was not understood, no address or token is known, or there was nothing to do
FAILED = 3  # some files could not be checked, or something is not there
DENIED = 4  # the site cannot be reached, or does not let this token in
STOPPED = 130  # Ctrl-C

TABLE = """\
exit codes:
  0    everything was answered, and nothing was found that --fail-on names
  1    something was found (whatever else went wrong)
  2    the command was not understood, no address or token is known, or
       there was nothing to check
  3    some files could not be checked
  4    the site cannot be reached, or refuses this token
  130  stopped with Ctrl-C
"""

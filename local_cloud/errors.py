"""What can go wrong with the local cloud, as sentences for its user."""


class LocalCloudError(Exception):
    """The local cloud could not be started, stopped or filled; the text says why and what to do."""


class SynthesisError(LocalCloudError):
    """The app could not be synthesized; the text is what it printed."""


class DeploymentError(LocalCloudError):
    """A stack that could not be deployed; the text names the resource and the reason."""

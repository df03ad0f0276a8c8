"""What exists in the account: the CDK app's settings, stacks and constructs.

Importing this package names the Node that aws_cdk runs on, so it comes before `import aws_cdk`.
"""

from infra.node import use_bundled_node

use_bundled_node()

"""The schema of cluster.yaml takes what the command takes, and refuses what it refuses."""

import glob
import json
import os
import unittest

from command import TOP

try:
    import jsonschema
    import yaml
except ImportError:  # python3-jsonschema, python3-yaml
    jsonschema = None

SCHEMA = os.path.join(TOP, "tools", "install", "cluster.schema.json")
EXAMPLES = os.path.join(TOP, "tests", "golden", "cluster", "*.yaml")


@unittest.skipIf(jsonschema is None, "python3-jsonschema or python3-yaml is not installed")
class Schema(unittest.TestCase):
    def test_schema_and_command_agree(self):
        with open(SCHEMA, encoding="utf-8") as file:
            schema = json.load(file)
        kind = jsonschema.validators.validator_for(schema)
        kind.check_schema(schema)
        checker = kind(schema)
        seen = 0
        for path in sorted(glob.glob(EXAMPLES)):
            name = os.path.basename(path)
            if name in ("beyond_the_schema.yaml", "no_yaml.yaml"):
                continue
            seen += 1
            with open(path, encoding="utf-8") as file, open(path + ".expected", encoding="utf-8") as expected:
                refused = [fault.message for fault in checker.iter_errors(yaml.safe_load(file))]
                self.assertEqual(bool(refused), bool(expected.read()), f"{name}: {refused}")
        self.assertGreater(seen, 4)


if __name__ == "__main__":
    unittest.main()

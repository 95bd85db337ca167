"""`make mutants`: the platform and the services' rules, changed one small thing at a time; each change has to fail a test."""

module infra-autopilot.io/agent-reference

go 1.26

"""What Grafana shows and Prometheus alerts on; `make dashboards` writes the files beside this one."""

"""What a run will take, found out by running its checks with hands that only count."""

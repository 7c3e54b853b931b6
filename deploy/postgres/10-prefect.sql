-- Run once, when PostgreSQL makes its data folder: Prefect's server has a database of its own beside the office's.
CREATE DATABASE prefect;

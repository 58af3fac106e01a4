GREETING = "hello from {{ name }}"

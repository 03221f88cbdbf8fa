rootProject.name = "shop"
include("api", "worker")

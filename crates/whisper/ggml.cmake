# The instruction sets that ggml is compiled for in builds of the program: on x86-64 those of every processor since 2013, and
# none of the building processor's own. They are switched on one by one, because ggml enables none of them by itself in
# a cross build or when SOURCE_DATE_EPOCH is set. Other processors keep ggml's defaults.
#
# CMake includes this file at the end of each project() call, before ggml declares its options (see .cargo/config.toml).
if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|X86_64|amd64|AMD64)$")
    set(GGML_NATIVE OFF CACHE BOOL "")
    foreach(set SSE42 AVX AVX2 BMI2 FMA F16C)
        set(GGML_${set} ON CACHE BOOL "")
    endforeach()
endif()

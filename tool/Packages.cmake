# cpack -G DEB: handrail (the tool, its plugin, what `handrail run` loads) and
# libhandrail-dev (the runtime, its headers and CMake files).
set(CPACK_PACKAGE_VENDOR "Handrail")
set(CPACK_PACKAGE_CONTACT "Handrail maintainers <maintainers@handrail.invalid>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "finds handle bugs in C and C++")
set(CPACK_RESOURCE_FILE_LICENSE ${PROJECT_SOURCE_DIR}/LICENSE)
set(CPACK_GENERATOR DEB)
set(CPACK_STRIP_FILES ON)
set(CPACK_SET_DESTDIR ON) # paths inside of files are those of the installed package
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_INSTALL_PREFIX /usr)
set(CPACK_COMPONENTS_ALL runtime)
if(HANDRAIL_ANALYZER)
  list(APPEND CPACK_COMPONENTS_ALL tool)
endif()
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_COMPONENTS_GROUPING IGNORE)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)

set(CPACK_DEBIAN_TOOL_PACKAGE_NAME handrail)
set(CPACK_DEBIAN_TOOL_PACKAGE_SECTION devel)
# The front end looks for stddef.h and its like in the Clang it was built with.
set(CPACK_DEBIAN_TOOL_PACKAGE_DEPENDS "libclang-common-${HANDRAIL_LLVM_VERSION}-dev")
set(CPACK_DEBIAN_TOOL_PACKAGE_SUGGESTS "clang-tidy-${HANDRAIL_LLVM_VERSION}, libhandrail-dev")
set(CPACK_DEBIAN_TOOL_DESCRIPTION "Static analysis of what programs do to descriptors, streams, sockets,
locks and other resources that leak, are closed twice or are used after
they were closed, and a way to watch them in a running program.")
set(CPACK_DEBIAN_RUNTIME_PACKAGE_NAME libhandrail-dev)
set(CPACK_DEBIAN_RUNTIME_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_RUNTIME_PACKAGE_SUGGESTS handrail)
set(CPACK_DEBIAN_RUNTIME_DESCRIPTION "A library that names handles so that none is mistaken for another,
releases them in the right order, and knows what is still open and where
it was opened.")

# What Debian asks of every package.
foreach(package tool:handrail runtime:libhandrail-dev)
  string(REPLACE ":" ";" package ${package})
  list(GET package 0 component)
  list(GET package 1 name)
  install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/${name} RENAME copyright COMPONENT ${component})
endforeach()
include(CPack)

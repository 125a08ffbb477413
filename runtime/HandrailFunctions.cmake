# What find_package(Handrail) and add_subdirectory(handrail) bring beside the libraries;
# docs/build.md is the manual.
#
#   handrail_check(TARGET [ALL] [NO_TEST] [CAPTURE_OPTIONS option…] [OPTIONS option…])
#   handrail_link_runtime(TARGET [CONFIGURATIONS name…])
include_guard(GLOBAL)

# The analyser: a program, or the target of a build that makes it along.
function(handrail_find_analyzer variable)
  if(TARGET handrail)
    set(${variable} handrail PARENT_SCOPE)
    return()
  endif()
  find_program(HANDRAIL_EXECUTABLE handrail HINTS ${HANDRAIL_INSTALL_BINDIR}
    DOC "Handrail's analyser, for handrail_check()")
  mark_as_advanced(HANDRAIL_EXECUTABLE)
  if(HANDRAIL_EXECUTABLE)
    set(${variable} ${HANDRAIL_EXECUTABLE} PARENT_SCOPE)
  else()
    set(${variable} "" PARENT_SCOPE)
  endif()
endfunction()

# Models and settings above a folder, to check again when they change.
function(handrail_find_config folder variable)
  set(found "")
  while(TRUE)
    if(EXISTS ${folder}/handrail.json)
      list(APPEND found ${folder}/handrail.json)
    endif()
    get_filename_component(above ${folder} DIRECTORY)
    if(above STREQUAL folder)
      break()
    endif()
    set(folder ${above})
  endwhile()
  set(${variable} ${found} PARENT_SCOPE)
endfunction()

# Building TARGET-handrail checks what TARGET compiles, as one program; a test of that
# name builds it. Nothing is parsed again that has not changed, and nothing is run at
# all when nothing has.
function(handrail_check target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "ALL;NO_TEST" "" "OPTIONS;CAPTURE_OPTIONS")
  if(arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "handrail_check(${target}): what is '${arg_UNPARSED_ARGUMENTS}'? "
      "options of 'handrail analyze' stand behind OPTIONS")
  endif()
  if(NOT TARGET ${target})
    message(FATAL_ERROR "handrail_check(${target}): there is no such target")
  endif()
  set(name ${target}-handrail)
  handrail_find_analyzer(program)
  set(problem "")
  if(NOT program)
    set(problem "the analyser is not installed (HANDRAIL_EXECUTABLE)")
  elseif(NOT CMAKE_GENERATOR MATCHES "Ninja|Makefiles")
    set(problem "${CMAKE_GENERATOR} writes no compile commands")
  endif()
  if(problem)
    message(STATUS "Handrail: ${target} is not checked: ${problem}")
    add_custom_target(${name} COMMAND ${CMAKE_COMMAND} -E echo "${target} is not checked: ${problem}" VERBATIM)
    return()
  endif()

  set_target_properties(${target} PROPERTIES EXPORT_COMPILE_COMMANDS ON)
  get_target_property(sources ${target} SOURCE_DIR)
  handrail_find_config(${sources} config)
  set(folder ${CMAKE_CURRENT_BINARY_DIR}/handrail/${target})
  file(MAKE_DIRECTORY ${folder})
  add_custom_command(OUTPUT ${folder}/captured
    COMMAND ${program} capture --quiet --prune -p ${CMAKE_BINARY_DIR} --target ${target} -o ${folder}/units
      --depfile ${folder}/captured.d --depfile-target ${folder}/captured ${arg_CAPTURE_OPTIONS}
    COMMAND ${CMAKE_COMMAND} -E touch ${folder}/captured
    DEPENDS ${program} DEPFILE ${folder}/captured.d
    COMMENT "Handrail reads ${target}" VERBATIM)
  add_custom_command(OUTPUT ${folder}/checked
    COMMAND ${program} analyze --quiet ${folder}/units ${arg_OPTIONS}
    COMMAND ${CMAKE_COMMAND} -E touch ${folder}/checked
    DEPENDS ${program} ${folder}/captured ${config}
    WORKING_DIRECTORY ${CMAKE_SOURCE_DIR}
    COMMENT "Handrail checks ${target}" VERBATIM)
  if(arg_ALL)
    set(arg_ALL ALL)
  else()
    set(arg_ALL "")
  endif()
  add_custom_target(${name} ${arg_ALL} DEPENDS ${folder}/checked)
  add_dependencies(${name} ${target}) # which makes the headers that are generated
  if(NOT arg_NO_TEST)
    add_test(NAME ${name} COMMAND ${CMAKE_COMMAND} --build ${CMAKE_BINARY_DIR} --target ${name} --config $<CONFIG>)
    set_tests_properties(${name} PROPERTIES RESOURCE_LOCK ${CMAKE_BINARY_DIR} LABELS handrail)
  endif()
endfunction()

# TARGET may use the runtime. What it has open is tracked in configurations with debug
# information; in others the containers are left, which still refuse wrong handles.
function(handrail_link_runtime target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "CONFIGURATIONS")
  if(arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "handrail_link_runtime(${target}): what is '${arg_UNPARSED_ARGUMENTS}'? "
      "configurations stand behind CONFIGURATIONS")
  endif()
  if(NOT TARGET handrail::runtime)
    message(FATAL_ERROR "handrail_link_runtime(${target}): the runtime is not installed")
  endif()
  if(NOT arg_CONFIGURATIONS)
    set(arg_CONFIGURATIONS Debug RelWithDebInfo)
  endif()
  list(JOIN arg_CONFIGURATIONS "," configurations)
  set(tracked $<CONFIG:${configurations}>)
  target_link_libraries(${target} PRIVATE handrail::runtime)
  target_compile_definitions(${target} PRIVATE HANDRAIL=${tracked})
  target_compile_options(${target} PRIVATE
    $<$<AND:${tracked},$<COMPILE_LANG_AND_ID:C,GNU,Clang,AppleClang>>:-fno-omit-frame-pointer>
    $<$<AND:${tracked},$<COMPILE_LANG_AND_ID:CXX,GNU,Clang,AppleClang>>:-fno-omit-frame-pointer>)
endfunction()

#pragma once
void deepWithFramePointers(int more, void (*leaf)(void *), void *argument);
void deepWithout(int more, void (*leaf)(void *), void *argument);

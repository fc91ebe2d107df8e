using Jiceng.Grid;
using Jiceng.Hosting;

return await ServiceHost.RunAsync(args, "grid", GridModule.AddGrid, GridModule.MapGrid);

using Jiceng.Cadre;
using Jiceng.Hosting;

return await ServiceHost.RunAsync(args, "cadre", CadreModule.AddCadre, CadreModule.MapCadre);

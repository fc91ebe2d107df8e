using Jiceng.Hosting;
using Jiceng.Scoring;

return await ServiceHost.RunAsync(args, "scoring", ScoringModule.AddScoring, ScoringModule.MapScoring);
